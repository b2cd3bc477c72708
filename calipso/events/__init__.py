"""What the cloud itself tells over its message bus."""
