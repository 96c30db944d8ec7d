"""Lives here: comparisons that several judges share: of maps with laws, of slopes with differences, of moved points.
May not live here: the judges, and when they ask."""
