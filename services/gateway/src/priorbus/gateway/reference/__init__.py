"""The documents of the API as pages for people: plain HTML made from them, without scripts and without anything from elsewhere."""
