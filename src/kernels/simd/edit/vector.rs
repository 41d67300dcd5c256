//! What a kernel asks of an instruction set: the whole list, so that a new one is one small file.
//!
//! A vector is a row of equal lanes that are added, combined bit by bit and compared with nothing. A kernel is written
//! once against [`Vector`] (and [`Wide`], where words hand carries on) and compiled for each instruction set inside
//! a function that enables it. Everything here is inlined into that function; that is what makes the vector
//! instructions reachable, hence the attribute on every method.
//!
//! **Why these calls are safe.** An intrinsic may only run where the processor knows it. Every vector is born from a
//! [`Vector::Proof`], and a proof is only made by asking the processor. Holding a vector is holding the proof.

use std::ops::{Add, BitAnd, BitOr, BitXor, Not};

/// Lanes of a machine word that fit the shortest texts: one bit for each row.
pub(in crate::kernels) trait Element: Copy + Default + std::fmt::Debug {
    /// Rows in a lane.
    const BITS: usize;

    /// A word with this one bit.
    fn bit(row: usize) -> Self;

    /// Both words' bits.
    fn with(self, other: Self) -> Self;

    /// Bits among the first `rows`.
    fn count(self, rows: usize) -> u32;
}

/// Equal lanes, worked on at once.
pub(in crate::kernels) trait Vector:
    Copy + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self> + Not<Output = Self> + Add<Output = Self>
{
    /// Evidence that the processor has the instructions.
    type Proof: Copy + Send + Sync;
    /// One lane.
    type Element: Element;
    /// How many lanes.
    const LANES: usize;

    /// All lanes zero.
    fn zero(proof: Self::Proof) -> Self;

    /// The lanes that begin here.
    ///
    /// # Safety
    /// [`Self::LANES`] elements are readable from `from` on. It needs no alignment.
    unsafe fn load(proof: Self::Proof, from: *const Self::Element) -> Self;

    /// Writes the lanes to the beginning of `to`.
    fn store(self, to: &mut [Self::Element; 64]);
}

/// Lanes of 64 rows whose lower ends are connected to other words: a carry is the lane's last row.
///
/// The form of a carry is the instruction set's own business: AVX-512 leaves the bit where it is, because its funnel
/// shift takes it from there; others move it to where it is added.
pub(in crate::kernels) trait Wide: Vector<Element = u64> {
    /// The last row of each lane, as a carry.
    fn carry(self) -> Self;

    /// A carry as the first row of each lane.
    fn first_row(carry: Self) -> Self;

    /// All rows one down; the carry becomes the first.
    fn shift_in(self, carry: Self) -> Self;

    /// A carry in one bit a lane.
    fn pack(carry: Self) -> u8;

    /// The reverse of [`Self::pack`].
    fn unpack(proof: Self::Proof, bits: u8) -> Self;

    /// The last lane's carry, packed as if all lanes had it.
    #[inline(always)]
    fn pack_last(carry: Self) -> u8 {
        (Self::pack(carry) >> (Self::LANES - 1) & 1).wrapping_neg()
    }

    /// Each lane moves to the next one; into the first comes the last of `before`.
    fn next_lane(self, before: Self) -> Self;

    /// These lanes, but those of `earlier` where the lane's number has the bit `BIT`, which is 1, 2 or 4.
    fn mix<const BIT: usize>(self, earlier: Self) -> Self;
}

macro_rules! element {
    ($($word:ty),*) => {$(
        impl Element for $word {
            const BITS: usize = <$word>::BITS as usize;

            #[inline(always)]
            fn bit(row: usize) -> Self {
                1 << row
            }

            #[inline(always)]
            fn with(self, other: Self) -> Self {
                self | other
            }

            #[inline(always)]
            fn count(self, rows: usize) -> u32 {
                let used = if rows >= <Self as Element>::BITS { !0 } else { (1 << rows) - 1 };
                (self & used).count_ones()
            }
        }
    )*};
}

element!(u8, u16, u32, u64);

/// Writes [`Vector`] for one kind of register: names of the intrinsics in, a type for each width of lane out.
macro_rules! register {
    (
        $name:ident: $register:ty, $proof:ty;
        and $and:ident, or $or:ident, xor $xor:ident, ones $ones:ident, zero $zero:ident, load $load:ident,
        store $store:ident; $($element:ty: $add:ident),*
    ) => {
        /// One register, in lanes of `E`.
        #[derive(Clone, Copy)]
        pub(super) struct $name<E>($register, std::marker::PhantomData<E>);

        register!(@operation $name, BitAnd, bitand, $and);
        register!(@operation $name, BitOr, bitor, $or);
        register!(@operation $name, BitXor, bitxor, $xor);

        impl<E> std::ops::Not for $name<E> {
            type Output = Self;

            #[inline(always)]
            fn not(self) -> Self {
                // SAFETY: a vector exists only where a `Proof` was given.
                Self(unsafe { $xor(self.0, $ones(-1)) }, std::marker::PhantomData)
            }
        }

        $(
            impl std::ops::Add for $name<$element> {
                type Output = Self;

                #[inline(always)]
                fn add(self, other: Self) -> Self {
                    // SAFETY: a vector exists only where a `Proof` was given.
                    Self(unsafe { $add(self.0, other.0) }, std::marker::PhantomData)
                }
            }

            impl Vector for $name<$element> {
                type Proof = $proof;
                type Element = $element;
                const LANES: usize = size_of::<$register>() / size_of::<$element>();

                #[inline(always)]
                fn zero(_: $proof) -> Self {
                    // SAFETY: the proof says that the processor has the instruction.
                    Self(unsafe { $zero() }, std::marker::PhantomData)
                }

                #[inline(always)]
                unsafe fn load(_: $proof, from: *const $element) -> Self {
                    // SAFETY: the proof says that the processor has the instruction; the caller, that the lanes are there.
                    Self(unsafe { $load(from.cast()) }, std::marker::PhantomData)
                }

                #[inline(always)]
                fn store(self, to: &mut [$element; 64]) {
                    // SAFETY: a vector exists only where a `Proof` was given; no register has more than 64 lanes.
                    unsafe { $store(to.as_mut_ptr().cast(), self.0) }
                }
            }
        )*
    };
    (@operation $name:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl<E> std::ops::$trait for $name<E> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: a vector exists only where a `Proof` was given.
                Self(unsafe { $intrinsic(self.0, other.0) }, std::marker::PhantomData)
            }
        }
    };
}

pub(super) use register;
