"""What the auditor brings along to see effects from outside: planted files, a listener that notes who calls."""
