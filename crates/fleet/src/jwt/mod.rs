//! Tokens of NATS in its decentralised mode: the operator signs accounts, an account's signing key signs users. A token is a JWT whose
//! signature is made with an nkey.

mod claims;
mod revocations;
mod token;

pub use claims::{
    Accounts, DESK_TOKEN_DAYS, ROLE_VERSION, RoleKeys, desk_token, gateway_token, operator_token, sentinel_token, system_user_token,
};
pub use revocations::Revocations;
pub use token::{Token, TokenError, same_claims};

#[cfg(test)]
mod tests;
