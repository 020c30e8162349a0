//! What to do after a refusal, as one word of a closed list: what an agent that reads no prose goes by.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! next {
    ($($variant:ident = $text:literal, $meaning:literal;)*) => {
        /// What to do after a refusal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Next {
            $(#[doc = $meaning] $variant,)*
        }

        impl Next {
            /// Every word there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What it asks for, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

next! {
    Mend = "mend", "change the request as `detail` and `hint` say, and send it again";
    Choose = "choose", "do something that `whoami` lists among the rights, or ask the owner for the right";
    Authenticate = "authenticate", "get a new token with your proof, and send the request again with it";
    Prove = "prove", "make or fetch a new proof of identity, and ask for a token with it";
    Widen = "widen", "use the token this one was narrowed from";
    Divide = "divide", "send less at once";
    Wait = "wait", "send the same again after `retry` seconds";
    TellOwner = "tell-owner", "stop, and tell the agent's owner, with `request_id`";
    TellOperator = "tell-operator", "stop, and tell the gateway's operator, with `request_id`";
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
