{**
 * @license AFL-3.0
 *}
<p>{l s='We received your card payment of %amount% for order %reference%.' sprintf=['%amount%' => $comptoir_amount|escape:'htmlall':'UTF-8', '%reference%' => $comptoir_reference|escape:'htmlall':'UTF-8'] d='Modules.Comptoir.Shop'}</p>
{if $comptoir_verify}
  <p>{l s='Your cart changed during the payment: we will check the order and contact you.' d='Modules.Comptoir.Shop'}</p>
{/if}
{if !$comptoir_live}
  <p><strong>{l s='Test mode: no money moves.' d='Modules.Comptoir.Shop'}</strong></p>
{/if}
