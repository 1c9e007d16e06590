"""Commands of the `priorbus` tool that work on the gateway's database."""
