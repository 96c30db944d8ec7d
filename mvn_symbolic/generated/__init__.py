"""Generated code, one folder a backend; edit the derivations instead."""
