"""The story of the first sale, driven through real browsers: `comptoir demo` tells it, the end-to-end tests walk it."""
