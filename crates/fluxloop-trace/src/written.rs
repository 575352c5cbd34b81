//! A record as it stands in a file: what other files are derived from.

/// Declares a part of a record once, and with it the same part as it was written, in which texts
/// are borrowed from the line: to copy them, they need not be read, masked and written again.
///
/// A member of the written part is `Option<&RawValue>`, or what follows `=>`.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident / $written:ident<$a:lifetime> {
            $($(#[$of_member:meta])* pub $member:ident: $type:ty $(=> $read:ty)?,)+
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$of_member])* pub $member: $type,)+
        }

        #[doc = concat!("A [`", stringify!($name), "`] as it was written.")]
        #[derive(Debug, Deserialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        #[expect(missing_docs, reason = "the members are those of the record")]
        pub struct $written<$a> {
            $(pub $member: $crate::written::read_as!($a $(, $read)?),)+
        }
    };
}

/// How a member of a written part is read.
macro_rules! read_as {
    ($a:lifetime) => { Option<&$a RawValue> };
    ($a:lifetime, $read:ty) => { $read };
}

pub(crate) use read_as;
pub(crate) use record;
