//! Every number of documents that has an end, with its unit.
