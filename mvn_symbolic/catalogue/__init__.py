"""Floor 5: the derivations themselves, one file a family of results; `registry` lists them."""
