{**
 * @license AFL-3.0
 *}
<p>{l s='You will enter your card on a secure page, then come back here.' d='Modules.Comptoir.Shop'}</p>
{if !$comptoir_live}
  <p><strong>{l s='Test mode: no money moves.' d='Modules.Comptoir.Shop'}</strong></p>
{/if}
