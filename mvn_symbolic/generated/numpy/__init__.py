"""Generated code for numpy; import it as `mvn_symbolic.numpy.<parameterization>`."""
