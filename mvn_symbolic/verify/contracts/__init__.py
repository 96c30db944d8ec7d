"""Floor 7: contracts about other people's Gaussian code, the judges of them, and the diagnosis of what was found.
May not live here: a derived formula used as the truth, or anything that decides by a single random run."""
