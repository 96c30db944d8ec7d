"""Floor 8: what people touch: the command line, the build, the documentation extension. Nobody imports these."""
