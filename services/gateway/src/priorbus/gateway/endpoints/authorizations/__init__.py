"""Operations of API style B, under `/v1/prior-auth/authorizations`."""
