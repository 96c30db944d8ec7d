"""Lives here: judges that know the textbook and nothing of this project: ball arithmetic, autograd, Monte Carlo.
May not live here: any import of calculus, catalogue, derivation, codegen or generated."""
