"""What keeps Hearthcam private: which addresses may be contacted, what may be said."""
