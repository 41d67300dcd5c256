//! The nouns: what a sample, a group, a space, a measurement and an estimate are.
//!
//! Every stage takes nouns in and gives nouns out. Nothing here reads, writes, prints or computes more than
//! an accessor; how nouns become files is known in `store` alone.

mod association;
mod card;
mod comparison;
mod estimate;
mod exploration;
mod group;
mod measurement;
mod record;
mod sample;
mod space;
mod variant;

pub use association::{AssociationRow, AssociationUnit};
pub use card::{Card, Level};
pub use comparison::{Apart, ComparedRow, ComparedRun, ComparedSide, Comparison, LeftOver, Refused, SideBySide};
pub use estimate::{
    ALPHA, Cell, ContrastOf, ContrastRow, FEW_QUESTIONS, Flips, IntervalRow, LagRow, LengthRow, NullBand, RoundPairRow,
    RoundRow, SensitivityRow, SummaryRow, Target,
};
pub use exploration::{
    AnswerState, ClusterSizeRow, DistributionRow, FlowRow, GroupClusters, MapPoint, PairSimilarities, RarefactionRow,
    Shown, TransitionRow,
};
pub use group::{Group, GroupKey, Pair, group_samples};
pub use measurement::{Measurement, Missing, PairColumn, PairTable, PairValues, Place, RoundMeasurement};
pub use record::{Record, Reject, Stage};
pub use sample::{CountSource, Extraction, Piece, Sample, Selection, Tokens};
pub use space::{Embedded, Space, Vectors};
pub use variant::{Gate, Statistic, Variant};
