"""What the words mean: facts, kinds, links, clique types, environments."""
