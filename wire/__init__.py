"""What programs say to each other: standard-library dataclasses shared by server and agent."""
