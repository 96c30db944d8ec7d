"""Gaussians in numpy: `mvn_symbolic.numpy.<parameterization>`, generated."""
