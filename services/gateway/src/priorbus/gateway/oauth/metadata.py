"""What clients are told about the authorization server: https://hl7.org/fhir/smart-app-launch/conformance.html."""

from typing import Any

from priorbus.gateway.oauth.assertions import ALGORITHMS

TOKEN_PATH, INTROSPECTION_PATH, JWKS_PATH = "/auth/token", "/auth/introspect", "/auth/jwks"
SCOPES = (
    *("system/Claim.cruds", "system/ClaimResponse.rs", "system/Subscription.cruds", "system/DocumentReference.crs"),
    *("system/QuestionnaireResponse.crs", "system/Observation.crs", "system/Bundle.c", "system/*.cruds"),
)


def smart_configuration(base_url: str) -> dict[str, Any]:
    """The discovery document; the same for every base."""
    return {
        "issuer": base_url,
        "token_endpoint": base_url + TOKEN_PATH,
        "introspection_endpoint": base_url + INTROSPECTION_PATH,
        "jwks_uri": base_url + JWKS_PATH,
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": list(SCOPES),
        "code_challenge_methods_supported": ["S256"],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }
