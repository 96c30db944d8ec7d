"""Lives here: judging functions: oracles, checks of a contract, test inputs, and verdicts on other people's code.
May not live here: derivations, code generation, or anything that a person looks at."""
