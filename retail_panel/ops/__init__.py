"""Running the workbench: its logs."""
