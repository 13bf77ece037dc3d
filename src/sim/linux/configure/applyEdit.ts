import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import { ok } from '../../../base/result.ts';
import type { Edit } from '../../../datamodel/network/edit.ts';
import { addAddress, deleteAddress, flushAddresses } from './addresses.ts';
import { touchCable } from './cable.ts';
import { deleteConnections } from './conntrack.ts';
import { deleteFdb, flushFdb, writeFdb } from './fdb.ts';
import { deleteLink } from './linkDeletion.ts';
import { setLink } from './links.ts';
import { deleteNeighbor, flushNeighbors, writeNeighbor } from './neighbors.ts';
import { type EditResult, type NetnsState, type NewId, withRuntime } from './netnsState.ts';
import { addPolicyRule, deletePolicyRule } from './policyRules.ts';
import { deleteRoute, flushRoutes, writeRoute } from './routes.ts';
import { editRules } from './rules.ts';
import { writeSysctl } from './sysctls.ts';

/**
 * Does to a namespace what a tool has asked its kernel for, with all that follows from it there; a refused edit changes
 * nothing. Pure. What did not change stays the same object.
 *
 * @param newId gives the entries that are written their ids.
 */
export function applyEdit(state: NetnsState, edit: Edit, newId: NewId): EditResult {
  switch (edit.type) {
    case 'linkSet':
      return setLink(state, edit);
    case 'linkDelete':
      return deleteLink(state, edit);
    case 'addressAdd':
      return addAddress(state, edit, newId);
    case 'addressDelete':
      return deleteAddress(state, edit);
    case 'addressFlush':
      return flushAddresses(state, edit);
    case 'routeWrite':
      return writeRoute(state, edit, newId);
    case 'routeDelete':
      return deleteRoute(state, edit);
    case 'routeFlush':
      return flushRoutes(state, edit);
    case 'routeCacheFlush':
      return ok(state.runtime.pathMtus.length === 0 ? state : withRuntime(state, { pathMtus: [] }));
    case 'policyRuleAdd':
      return addPolicyRule(state, edit, newId);
    case 'policyRuleDelete':
      return deletePolicyRule(state, edit);
    case 'neighborWrite':
      return writeNeighbor(state, edit, newId);
    case 'neighborDelete':
      return deleteNeighbor(state, edit);
    case 'neighborFlush':
      return flushNeighbors(state, edit);
    case 'fdbWrite':
      return writeFdb(state, edit, newId);
    case 'fdbDelete':
      return deleteFdb(state, edit);
    case 'fdbFlush':
      return flushFdb(state, edit);
    case 'sysctlWrite':
      return writeSysctl(state, edit);
    case 'rules':
      return editRules(state, edit, newId);
    case 'conntrackDelete':
      return ok(deleteConnections(state, edit.filter));
    case 'cable':
      return touchCable(state, edit);
    default:
      return assertUnreachable(edit);
  }
}
