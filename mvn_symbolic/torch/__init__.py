"""Gaussians in torch: `mvn_symbolic.torch.<parameterization>`, generated."""
