//! The one content encoding git uses, taken off within bounds.
//!
//! git compresses only lists of wants and haves (`remote-curl.c`: never a push). Hexadecimal ids compress to about half,
//! whether they are ten or a million; what grows much more is no list of them.

use std::io::Read;

use flate2::bufread::GzDecoder;
use gogs_spanner_capability::Reason;

use super::malformed;
use crate::{
    body::{Body, Held, Room, Share},
    refuse::Refusal,
};

/// A million wants and haves are 50 MB, and half of that compressed; nobody has so many.
const LARGEST: usize = 8 * 1024 * 1024;
/// How many times as large a list may become: four times what ids need. So nothing is ever larger than 64 MiB.
const GROWTH: usize = 8;

/// Reads a compressed body, and decodes it.
pub(super) async fn decode(share: Share<'_>, body: Body) -> Result<Held, Refusal> {
    let held = share.hold(body, LARGEST).await?;
    let most = largest_decoded(held.bytes.len());
    let held = share.make_room(held, most).await?;
    if !held.is_large() {
        return inflate(held, most);
    }
    // A tenth of a second's work, in which a thread of the runtime would serve nobody.
    let inflated = tokio::task::spawn_blocking(move || inflate(held, most)).await;
    inflated.unwrap_or_else(|fault| Err(Refusal::new(Reason::InternalError).truly(fault)))
}

/// What is small when it is decoded may grow as it likes: names repeat, and as much may be sent without compressing it.
fn largest_decoded(compressed: usize) -> usize {
    Room::SMALL.max(GROWTH * compressed)
}

/// One gzip member, nothing after it, of bounded size.
fn inflate(held: Held, most: usize) -> Result<Held, Refusal> {
    let mut rest = held.bytes.as_ref();
    let mut decoded = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    let mut member = GzDecoder::new(&mut rest);
    (&mut member).take(limit + 1).read_to_end(&mut decoded).map_err(|_| malformed("the body is not gzip"))?;
    if decoded.len() > most {
        return Err(Refusal::new(Reason::TooLarge)
            .because(format!("the body grows beyond {most} bytes when it is decompressed"))
            .hint("send it without compressing it"));
    }
    drop(member);
    if !rest.is_empty() {
        return Err(malformed("there are bytes behind the gzip member"));
    }
    Ok(held.replaced(decoded))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use gogs_spanner_capability::AgentName;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::body::full;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("a vector takes everything");
        encoder.finish().expect("a vector takes everything")
    }

    /// What comes of a body that one agent sends to a gateway with nothing else to do.
    async fn sent(body: &[u8]) -> Result<Held, Refusal> {
        let (room, agent): (_, AgentName) = (Room::default(), "bot".parse().expect("a name"));
        decode(room.of(&agent), full(body.to_vec())).await
    }

    /// Lines of haves as git sends them, of ids nothing is like.
    fn haves(number: u32) -> Vec<u8> {
        let id = |number: u32| hex::encode(&Sha256::digest(number.to_be_bytes())[..20]);
        (0..number).flat_map(|number| format!("0032have {}\n", id(number)).into_bytes()).collect()
    }

    #[tokio::test]
    async fn one_member_is_decoded() {
        assert_eq!(sent(&gzip(b"0000")).await.expect("one member").bytes, b"0000".as_slice());
    }

    #[tokio::test]
    async fn a_second_member_is_refused() {
        let doubled = [gzip(b"0000"), gzip(b"0000")].concat();
        assert_eq!(sent(&doubled).await.expect_err("two members").reason(), Reason::RequestMalformed);
    }

    #[tokio::test]
    async fn a_bomb_is_refused_at_the_bound() {
        let bomb = gzip(&vec![0; 64 * Room::SMALL]);
        assert!(bomb.len() < 70 * 1024, "{}", bomb.len());
        assert_eq!(sent(&bomb).await.expect_err("a bomb").reason(), Reason::TooLarge);
        let small = gzip(&vec![0; Room::SMALL]);
        assert!(!sent(&small).await.expect("as much as anybody may send").is_large());
        assert_eq!(sent(&gzip(&vec![0; Room::SMALL + 1])).await.expect_err("more").reason(), Reason::TooLarge);
    }

    #[tokio::test]
    async fn ids_stay_far_below_the_bound_however_many_there_are() {
        for number in [1, 1000, 100_000] {
            let (list, most) = (haves(number), |compressed: &[u8]| GROWTH * compressed.len());
            let compressed = gzip(&list);
            assert!(3 * list.len() < most(&compressed), "{number}: {} to {}", list.len(), compressed.len());
            assert_eq!(sent(&compressed).await.expect("a list").bytes, list);
        }
    }

    #[tokio::test]
    async fn what_may_become_large_is_decoded_in_a_place() {
        let list = haves(10_000);
        let held = sent(&gzip(&list)).await.expect("a list");
        assert!(held.is_large());
        assert_eq!(held.bytes, list);
    }
}
