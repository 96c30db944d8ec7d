"""`python -m mvn_symbolic` is the command `mvn-symbolic`."""

from mvn_symbolic.surfaces.cli import main

if __name__ == "__main__":
    main(prog_name="mvn-symbolic")
