"""Knowledge of the Model Context Protocol: requirements, scenarios and checks."""
