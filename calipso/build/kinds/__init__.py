"""The kinds of objects: a file each, with its declaration (`KIND`) and its function from facts (`build`)."""
