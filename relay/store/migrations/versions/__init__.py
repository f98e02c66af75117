"""One module a step, named by its order. A step that was released is never changed."""
