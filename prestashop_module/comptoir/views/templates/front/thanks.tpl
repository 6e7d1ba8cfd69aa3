{**
 * @license AFL-3.0
 *}
{extends file='page.tpl'}
{block name='page_title'}{l s='Your payment is confirmed' d='Modules.Comptoir.Shop'}{/block}
{block name='page_content'}
  <div class="comptoir-page" role="status">
    <p>{l s='We received your payment of %amount%.' sprintf=['%amount%' => $comptoir_amount|escape:'htmlall':'UTF-8'] d='Modules.Comptoir.Shop'}</p>
    {if $comptoir_reference}
      <p>{l s='Your order has the reference %reference%. A confirmation was sent to your e-mail address.' sprintf=['%reference%' => $comptoir_reference|escape:'htmlall':'UTF-8'] d='Modules.Comptoir.Shop'}</p>
    {else}
      <p>{l s='Your order needs a check by our team: we will contact you. You need not pay again.' d='Modules.Comptoir.Shop'}</p>
    {/if}
  </div>
{/block}
