"""Generated code for torch; import it as `mvn_symbolic.torch.<parameterization>`."""
