"""Lives here: what is judged by way of other functions: a pair by its halves, an estimate by its expectation.
May not live here: judges of one function (`judges`), how one is heard (`hearing`)."""
