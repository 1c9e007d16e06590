"""Operations on authorizations, each written once: what a wire style calls things is the business of its `Style`."""
