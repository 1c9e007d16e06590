"""What an HTTP exchange is to the gateway: the call, its answer, the route it takes and the ways it can fail."""
