//! What becomes of what comes over a bridge.
