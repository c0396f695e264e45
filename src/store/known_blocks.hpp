// Blocks of sorted sets that this session came by, so that the next comer need not look for them in
// an index. Whoever asks must check that a block is still followed by the same: then it stands
// where it stood, since a block's beginning never changes and its id is never given again.
//
// Only what a transaction wrote itself may be taken back, ids with it: all is forgotten then.
#pragma once

#include "store/elements.hpp"

namespace store::known_blocks {

bool find(CollectionId collection, double score, Bytes name, BlockSpan& span);
void set(CollectionId collection, const BlockSpan& span);

// This transaction writes rows of blocks.
void note_write();
void forget_all();  // a table of blocks may have got a new file

}  // namespace store::known_blocks
