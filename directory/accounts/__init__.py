"""The registry itself: accounts, listed, filtered, counted, shown one by one and downloaded."""
