"""What follows from states of a cloud that are built: pure functions of their documents."""
