"""The parts of the report page: markup, plots and what they show."""
