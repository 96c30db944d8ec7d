"""Floor 4: derivations. Rules compute steps, lines make chains, pages show them; no particular result lives here."""
