"""Floor 6: code from derived expressions: operations, backends, modules. Nothing is derived here.

The path: `program` (which programs a function has), `lower` (expressions to operations), `printer` and a file of
`backends` (operations to text), `emit` and `module` (text to a file's content), `tree` (which files there are).
"""

from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.module import module_source
from mvn_symbolic.codegen.program import programs
from mvn_symbolic.codegen.tree import generate

__all__ = ["BACKENDS", "generate", "module_source", "programs"]
