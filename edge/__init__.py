"""The edge: collects what plants publish, keeps it, folds it into figures, serves it, acts back."""
