"""What the modules on the cloud's side know, and services need, too: links to plugins/module_utils."""
