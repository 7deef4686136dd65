//! Redirects of a server that is not the platform.

use reqwest::{ClientBuilder, redirect::Policy};

use crate::transport::is_loopback;

/// Most redirects of one request.
const MOST: usize = 10;

/// Makes clients follow redirects only to addresses with `https://`, or on this computer.
pub fn stay_encrypted(builder: ClientBuilder) -> ClientBuilder {
    builder.redirect(Policy::custom(|attempt| {
        if attempt.url().scheme() != "https" && !is_loopback(attempt.url()) {
            attempt.error("it redirects to an address that does not begin with https://")
        } else if attempt.previous().len() > MOST {
            attempt.error("it redirects without end")
        } else {
            attempt.follow()
        }
    }))
}
