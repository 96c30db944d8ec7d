"""Lives here: what is asked of a function that passes so far: would mistakes be noticed, how many digits are right.
May not live here: judges that may object (`judges`)."""
