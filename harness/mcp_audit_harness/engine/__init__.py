"""Plan, run and judge: the mechanism of an audit."""
