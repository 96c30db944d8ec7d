"""Floor 1: the language. Symbols with structure, nodes, laws and questions, a table and LaTeX; no calculus."""
