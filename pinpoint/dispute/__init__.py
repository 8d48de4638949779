"""The dispute game: honest challenger and honest defender, as pure functions of what they see."""
